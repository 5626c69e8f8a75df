published(8080; 80) | change("host"; .tables[0].chains[1].rules |= [(.[0] | .handle = 4 | .exprs[6].data = "0a140002")] + .)
