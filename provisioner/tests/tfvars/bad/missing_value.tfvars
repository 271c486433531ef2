application_databases = {
  a = { database_name = , username = "a" }
}
