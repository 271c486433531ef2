# saved on Windows
application_databases = {
  app = {
    database_name = "app" # comment
    username = "app_user"
  }
}