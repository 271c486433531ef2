application_databases = {
  a = {
    description = <<E
E, or not
E
    database_name = "a"
    username = "a"
  }
}
