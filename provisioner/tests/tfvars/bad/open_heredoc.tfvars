x = <<EOT
application_databases = {
}
EOT2
