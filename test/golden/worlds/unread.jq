change("net2"; .) | .unread = ["netns net2: nftables: Operation not permitted"]
