application_databases = [{ database_name = "a" }]
