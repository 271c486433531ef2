application_databases = {
  app = { database_name = "one", username = "one" }
  app = { database_name = "two", username = "two" }
}
