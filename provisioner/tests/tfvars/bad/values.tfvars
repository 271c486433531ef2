application_databases = {
  a = { database_name = "Key-Cloak", username = "postgres", access_level = "Owner" }
  b = { database_name = "template1", username = "rdsadmin", access_level = "admin", createdb = "yes" }
  c = { database_name = 5, username = ["a"], connection_limit = 1.5, extensions = "pg_trgm" }
  d = { database_name = null, connection_limit = 0, extensions = ["a b", null, 3], secret_name = "/x" }
  e = { database_name = var.name, username = upper("x"), connection_limit = -2, createdb = 1 }
  f = { database_name = "a${b}", username = <<E
f
E
  }
  g = { database_name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", username = "" }
  h = null
  i = "text"
  j = { database_name = "j", username = "j", access_level = "reader", extensions = ["pg_trgm"] }
  k = { database_name = "k", username = "k", connection_limit = 2147483648 }
  "a/b" = { database_name = "l", username = "l" }
  good = { database_name = "good", username = "good" }
}
