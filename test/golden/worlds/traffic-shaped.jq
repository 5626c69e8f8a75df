change("host"; .qdiscs = [{link: 5, kind: "netem", handle: 65536, parent: 4294967295, limit: 1000, drops: 12, options: "loss 30%"}])
