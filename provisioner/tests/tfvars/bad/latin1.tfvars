region = "x"
application_databases = { a = { database_name = "ä", username = "a" } }
