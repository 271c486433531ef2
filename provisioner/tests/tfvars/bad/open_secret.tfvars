db_password = "hunter2
application_databases = { a = { database_name = "a", username = "a" } }
