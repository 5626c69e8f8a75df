change("host"; .tables += [nft_drop(1; 2; "forward")])
