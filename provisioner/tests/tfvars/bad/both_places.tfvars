rds_config = {
  application_databases = { a = { database_name = "a", username = "a" } }
}
application_databases = { b = { database_name = "b", username = "b" } }
