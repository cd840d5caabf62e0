process.stdout.write("tsrun\n");
