rds_config = {
  enabled        = true
  instance_class = "db.t4g.medium"
  parameters     = [for p in var.parameters : upper(p)]
  application_databases = {
    "backstage" = {
      database_name = "backstage_plugin_catalog" # the first of many
      username      = "backstage_app"
    }
  }
}
