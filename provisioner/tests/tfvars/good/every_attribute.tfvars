application_databases = {
  owner = {
    database_name    = "shop"
    username         = "shop_owner"
    access_level     = "owner"
    secret_name      = "elsewhere/shop/postgres"
    createdb         = false
    extensions       = ["uuid-ossp", "pg_trgm", "pg_trgm"]
    connection_limit = 20
    description      = upper("whatever this is")
    tags             = { a = [1, 2] }
  }
  editor = { database_name = "shop", username = "shop_editor", access_level = "editor", connection_limit = -1 }
  reader = { database_name = "exists_already", username = "shop_reader", access_level = "reader", createdb = "true" }
  nulls = {
    database_name    = "nulls"
    username         = "nulls"
    access_level     = null
    secret_name      = null
    createdb         = null
    extensions       = null
    connection_limit = null
  }
  converted = { database_name = "converted", username = "converted", connection_limit = "10", createdb = "1" }
}
