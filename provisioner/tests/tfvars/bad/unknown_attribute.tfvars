application_databases = {
  keycloak = {
    database_name = "keycloak"
    username      = "keycloak_user"
    acces_level   = "reader"
    password      = "hunter2"
    user_name     = "x"
  }
  backstage = {
    database_name = "backstage"
    username      = "backstage_user"
  }
}
