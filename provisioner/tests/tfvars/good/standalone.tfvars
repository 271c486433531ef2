# A stand-alone server, amid what such files hold.
region      = "eu-central-1"
environment = "dev"
tags = { team = "platform", "cost-center" = 42 }
subnets = [
  { name = "a", cidr = "10.0.0.0/24" }, # application_databases = {
  { name = "b", cidr = "10.0.1.0/24" },
]
user_data = <<-SCRIPT
  #!/bin/sh
  application_databases = { "not" = { database_name = "me" } }
  echo "${"$"}{HOME}" '"'
  SCRIPT
unused = merge(local.a, { b = var.c })
twice  = { a = 1, a = 2 }

application_databases = {
  keycloak = {
    database_name = "keycloak"
    username      = "keycloak_user"
  },
  backstage = {
    username      = "backstage_user"
    database_name = "backstage"
  }
  # gone = {
  #   database_name = "gone"
  #   username      = "gone_user"
  # }
  /* gone_too = { database_name = "gone_too", username = "gone_too" } */
}

after = true
