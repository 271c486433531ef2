application_databases = { "a\u001b[31m" = { database_name = "\u001b]0;x\u0007", username = "a" } }
