application_databases = {
  a = {
    database_name = "a"
    username = "a"
  b = {
    database_name = "b"
    username = "b"
  }
}

region = "x"
