application_databases = {
  for name in ["one", "two"] : name => { database_name = name, username = "${name}_user" }
}
rds_config = { enabled = 1 > 2, application_databases = { ignored = { nonsense = 1 } } }
