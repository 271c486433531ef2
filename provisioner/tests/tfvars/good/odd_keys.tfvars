application_databases = {
  "quoted" : { "database_name" : "quoted", username : "quoted" }, colon : { database_name = "colon"
  username="colon"}
  ("paren") = { ("database_name") = ("paren"), username = "paren", },
  10 = { database_name = "ten", username = "ten" }, null = { database_name = "nothing", username = "nothing" }
  true = { database_name = "yes", username = "yes" }
  "${"templ"}ate" = { database_name = "temp${"late"}", username = "u${1 + 1}" }
  with-dash = {

    database_name = "with_dash" // comment

    /* a block
    comment */ username = "with_dash" # another

  }
}
