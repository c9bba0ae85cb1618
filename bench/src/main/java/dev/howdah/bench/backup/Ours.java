// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench.backup;

import dev.howdah.backup.archive.WalArchive;
import dev.howdah.backup.archive.WalArchiver;
import dev.howdah.backup.archive.WalFetcher;
import dev.howdah.backup.basebackup.BaseBackup;
import dev.howdah.backup.catalog.BackupCatalog;
import dev.howdah.backup.codec.Compression;
import dev.howdah.backup.restore.BaseRestore;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.s3.Credentials;
import dev.howdah.objectstore.s3.S3Settings;
import dev.howdah.objectstore.s3.S3Store;
import dev.howdah.postgres.wire.PgConnection;
import dev.howdah.postgres.wire.ServerAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;

/// Our engine as a program of its own: a resident archiver and fetcher that answer the stub that
/// PostgreSQL runs, one question a connection, as the instance manager does, and one-shot backups
/// and restores.
public final class Ours {
  private static final long SEGMENT = 16 << 20;

  private Ours() {}

  public static void main(String[] args) throws Exception {
    try (var store = store(args[1])) {
      switch (args[0]) {
        case "archive" -> archive(store, args);
        case "fetch" -> fetch(store, args);
        case "backup", "incremental" -> backup(store, args);
        case "restore" -> restore(store, args);
        default -> throw new IllegalArgumentException(args[0]);
      }
    }
  }

  private static ObjectStore store(String prefix) throws IOException {
    var environment = System.getenv();
    var ca = Files.readString(Path.of(environment.getOrDefault("AWS_CA_BUNDLE", "")));
    var keys =
        new Credentials(
            environment.getOrDefault("AWS_ACCESS_KEY_ID", ""),
            environment.getOrDefault("AWS_SECRET_ACCESS_KEY", ""),
            null);
    return new S3Store(
        S3Settings.of(
                URI.create(environment.getOrDefault("BENCH_ENDPOINT", "")),
                "us-east-1",
                "bench",
                prefix)
            .withCa(ca),
        keys::itself);
  }

  private static WalArchive archive(ObjectStore store, String compression) {
    return new WalArchive(
        store, "srv", WalArchive.Settings.of(Compression.named(compression), SEGMENT));
  }

  /// archive PREFIX COMPRESSION PG_WAL PORT_FILE
  private static void archive(ObjectStore store, String[] args) throws Exception {
    var archive = archive(store, args[2]);
    try (var archiver = new WalArchiver(() -> archive, Path.of(args[3]), 2)) {
      serve(
          Path.of(args[4]),
          words -> {
            archiver.archive(words[2]);
            return "ok";
          });
    }
  }

  /// fetch PREFIX COMPRESSION SPOOL PORT_FILE
  private static void fetch(ObjectStore store, String[] args) throws Exception {
    var archive = archive(store, args[2]);
    try (var fetcher =
        new WalFetcher(archive, Path.of(args[3]), SEGMENT, 2, InstantSource.system())) {
      serve(
          Path.of(args[4]), words -> fetcher.fetch(words[2], Path.of(words[3])) ? "ok" : "absent");
    }
  }

  private interface Answerer {
    String answer(String[] words) throws IOException;
  }

  private static void serve(Path portFile, Answerer answerer) throws IOException {
    try (var server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
      var temporary = portFile.resolveSibling(portFile.getFileName() + ".new");
      Files.writeString(temporary, "127.0.0.1 %d word\n".formatted(server.getLocalPort()));
      Files.move(temporary, portFile);
      while (true) {
        try (var socket = server.accept();
            var in =
                new BufferedReader(
                    new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
          var words = in.readLine().split(" ");
          if (words[1].equals("stop")) {
            return;
          }
          String answer;
          try {
            answer = answerer.answer(words);
          } catch (IOException | RuntimeException e) {
            e.printStackTrace();
            answer = "failed " + e.getMessage();
          }
          socket.getOutputStream().write((answer + "\n").getBytes(StandardCharsets.UTF_8));
        }
      }
    }
  }

  /// backup PREFIX COMPRESSION DATA SOCKETS PORT
  private static void backup(ObjectStore store, String[] args) throws Exception {
    for (int i = 0; i < rounds(); i++) {
      long begin = System.nanoTime();
      try (var connection =
          PgConnection.open(
              new ServerAddress.Local(Path.of(args[4]), Integer.parseInt(args[5])),
              PgConnection.Login.of("postgres", "postgres", "backup"),
              Duration.ofSeconds(10))) {
        var taken =
            new BaseBackup(store, InstantSource.system())
                .takeWithSummary(connection, request(store, args));
        var s = taken.summary();
        System.out.printf(
            "round %d: %.2f s, raw %d MB, stored %d kB, %d pages checked, %d damaged%n",
            i + 1,
            (System.nanoTime() - begin) / 1e9,
            s.rawBytes() / 1_000_000,
            s.storedBytes() / 1_000,
            s.checkedPages(),
            s.damagedPages());
      }
    }
  }

  /// A full backup, or one on top of the newest.
  private static BaseBackup.Request request(ObjectStore store, String[] args) {
    var request =
        new BaseBackup.Request(
            "srv", Path.of(args[3]), null, Compression.named(args[2]), true, "", Map.of(), _ -> {});
    return args[0].equals("backup")
        ? request
        : request.since(new BackupCatalog(store, "srv").list().done().getLast().info());
  }

  private static int rounds() {
    return Integer.parseInt(System.getenv().getOrDefault("BENCH_ROUNDS", "1"));
  }

  /// restore PREFIX TARGET
  private static void restore(ObjectStore store, String[] args) throws Exception {
    var newest = new BackupCatalog(store, "srv").list().done().getLast().info();
    long begin = System.nanoTime();
    new BaseRestore(store, "srv")
        .restore(newest, new BaseRestore.Target(Path.of(args[2]), Map.of()), _ -> {});
    System.out.printf("%.2f s%n", (System.nanoTime() - begin) / 1e9);
  }
}
