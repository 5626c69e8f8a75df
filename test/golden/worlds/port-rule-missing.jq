published(8081; 80)
