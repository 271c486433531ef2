"application_databases" = {
  a = { database_name = "a", username = "a" }
}
