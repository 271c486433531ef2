application_databases = {
  first  = { database_name = "shop", username = "shop_user" }
  second = { database_name = "shop", username = "other_user" }
  third  = { database_name = "third", username = "shop_user", secret_name = "goldenpath/dev/first/postgres" }
  good   = { database_name = "good", username = "good" }
}
