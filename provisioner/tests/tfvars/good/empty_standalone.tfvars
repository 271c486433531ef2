application_databases = {}
rds_config = {
  application_databases = { app = { database_name = "app", username = "app" } }
}
