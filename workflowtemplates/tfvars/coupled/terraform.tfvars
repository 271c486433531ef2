# An example; keep your own. What is not rds_config is none of rds-provision's business.
cluster_version = "1.34"

rds_config = {
  enabled = true
  application_databases = {
    "backstage" = {
      database_name = "backstage_plugin_catalog" # the first of many
      username      = "backstage_app"
    }
  }
}
