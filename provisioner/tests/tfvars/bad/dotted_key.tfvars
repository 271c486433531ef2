application_databases = { a.b = { database_name = "a", username = "a" } }
