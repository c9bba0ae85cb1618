// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.howdah.backup.archive.WalArchive;
import dev.howdah.backup.archive.WalFile;
import dev.howdah.backup.basebackup.BaseBackup;
import dev.howdah.backup.catalog.BackupCatalog;
import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.backup.codec.Compression;
import dev.howdah.backup.restore.BaseRestore;
import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.ForwardingStore;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.objectstore.Retry;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.StoreException.Kind;
import dev.howdah.objectstore.http.Bandwidth;
import dev.howdah.objectstore.s3.S3Settings;
import dev.howdah.objectstore.s3.S3Store;
import dev.howdah.postgres.wire.PgConnection;
import dev.howdah.postgres.wire.ServerAddress;
import dev.howdah.testing.ThrowawayPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What the engine does when a real S3 server, or the way to it, fails: no gap, no false success,
/// and a message that says what to do.
class FaultsOfTheStoreIT {
  private static final WalFile SEGMENT = WalFile.named("000000010000000000000007").orElseThrow();
  private static final long SIZE = 1 << 20;

  @TempDir private Path folder;
  private S3Server server;
  private FaultyProxy proxy;
  private S3Store store;
  private Path segment;

  @BeforeEach
  void start() throws Exception {
    server = S3Server.start(folder.resolve("buckets"));
    proxy = new FaultyProxy(server.endpoint());
    proxy.heal();
    store = through(proxy.endpoint().toString());
    // it has learned what the server does with conditions, so that faults meet what is tested
    store.put(UUID.randomUUID().toString(), Body.of(new byte[1]), PutOptions.PLAIN.onlyIfAbsent());
    segment = folder.resolve("segment");
    var bytes = new byte[(int) SIZE];
    new SplittableRandom(7).nextBytes(bytes);
    Files.write(segment, bytes);
  }

  @AfterEach
  void stop() throws Exception {
    store.close();
    proxy.close();
    server.close();
  }

  private S3Store through(String endpoint) {
    var rest = server.url().substring("s3://".length()).split("/", 2);
    return new S3Store(
        S3Settings.of(java.net.URI.create(endpoint), "us-east-1", rest[0], rest[1])
            .withTimeout(Duration.ofMinutes(1))
            .withRetry(
                new Retry(5, Duration.ofMillis(10), Duration.ofMillis(50), Duration.ofMinutes(3))),
        server.keys()::itself);
  }

  private WalArchive archive() {
    return new WalArchive(store, "pg", WalArchive.Settings.of(Compression.NONE, SIZE));
  }

  private byte[] stored() throws Exception {
    try (var direct = server.store();
        var in = direct.get("pg/wals/" + SEGMENT.path(), 0)) {
      return in.readAllBytes();
    }
  }

  static List<FaultyProxy.Fault> passing() {
    return List.of(
        new FaultyProxy.Fault.Refuse(),
        new FaultyProxy.Fault.Answer(500),
        new FaultyProxy.Fault.Answer(503),
        new FaultyProxy.Fault.CutRequest(300_000),
        new FaultyProxy.Fault.CutAnswer(0),
        new FaultyProxy.Fault.CutAnswer(20),
        new FaultyProxy.Fault.FlipRequest(500_000),
        new FaultyProxy.Fault.Late(300));
  }

  @ParameterizedTest
  @MethodSource("passing")
  void archivesInSpiteOfFaultsThatPass(FaultyProxy.Fault fault) throws Exception {
    proxy.next(2, fault);

    archive().put(SEGMENT, segment);

    assertThat(stored()).isEqualTo(Files.readAllBytes(segment));
  }

  @ParameterizedTest
  @MethodSource("passing")
  void fetchesInSpiteOfFaultsThatPass(FaultyProxy.Fault fault) throws Exception {
    archive().put(SEGMENT, segment);
    proxy.next(2, fault);

    var target = folder.resolve("fetched");
    assertThat(archive().fetch(SEGMENT, target)).isTrue();

    assertThat(Files.mismatch(target, segment)).isEqualTo(-1);
  }

  @Test
  void neverTakesAnUnreachableStoreForAnEmptyOne() throws Exception {
    archive().put(SEGMENT, segment);
    proxy.next(1000, new FaultyProxy.Fault.Answer(503));

    assertThatThrownBy(() -> archive().fetch(SEGMENT, folder.resolve("fetched")))
        .isInstanceOf(StoreException.class);
    assertThat(folder.resolve("fetched")).doesNotExist();
    assertThatThrownBy(() -> archive().isEmpty()).isInstanceOf(StoreException.class);
  }

  @Test
  void saysAtOnceThatAccessIsDenied() {
    proxy.next(1000, new FaultyProxy.Fault.Answer(403));

    assertThatThrownBy(() -> archive().put(SEGMENT, segment))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.DENIED));
  }

  @Test
  void saysAtOnceThatTheStoreIsFullAndArchivesWhenThereIsRoomAgain() throws Exception {
    proxy.next(1, new FaultyProxy.Fault.Answer(507));

    assertThatThrownBy(() -> archive().put(SEGMENT, segment))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.FULL));
    archive().put(SEGMENT, segment);

    assertThat(stored()).isEqualTo(Files.readAllBytes(segment));
  }

  @Test
  void saysWhereNobodyAnswers() throws Exception {
    proxy.close();

    assertThatThrownBy(() -> archive().put(SEGMENT, segment))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE))
        .hasMessageContaining("check endpointURL");
  }

  private BackupInfo backUp(ThrowawayPostgres postgres) throws IOException {
    return backUp(postgres, store);
  }

  private BackupInfo backUp(ThrowawayPostgres postgres, ObjectStore into) throws IOException {
    try (var connection =
        PgConnection.open(
            new ServerAddress.Local(postgres.socketDirectory(), ThrowawayPostgres.PORT),
            PgConnection.Login.of("postgres", "postgres", "backup"),
            Duration.ofMinutes(1))) {
      return new BaseBackup(into, InstantSource.system())
          .take(
              connection,
              new BaseBackup.Request(
                  "pg",
                  postgres.dataDirectory(),
                  null,
                  Compression.NONE,
                  true,
                  "",
                  Map.of(),
                  _ -> {}));
    }
  }

  @Test
  void backsUpAndRestoresThroughCutConnections() throws Exception {
    try (var postgres = ThrowawayPostgres.start()) {
      proxy.next(3, new FaultyProxy.Fault.CutRequest(2_000_000));
      var info = backUp(postgres);
      proxy.next(3, new FaultyProxy.Fault.CutAnswer(3_000_000));

      new BaseRestore(store, "pg")
          .restore(info, new BaseRestore.Target(folder.resolve("restored"), Map.of()), _ -> {});

      assertThat(folder.resolve("restored/backup_label")).isRegularFile();
    }
  }

  @Test
  void leavesNothingThatLooksLikeABackupWhenTheStoreGoesAway() throws Exception {
    try (var postgres = ThrowawayPostgres.start()) {
      proxy.next(1000, new FaultyProxy.Fault.CutRequest(1_000_000));

      assertThatThrownBy(() -> backUp(postgres)).isInstanceOf(IOException.class);

      proxy.heal();
      assertThat(new BackupCatalog(store, "pg").list().entries()).isEmpty();
      assertThat(backUp(postgres).isDone()).isTrue(); // the server is ready for the next one
    }
  }

  /// Of `backup.info` the store has had all; what happens to its answer.
  enum LastAnswer {
    LOST_ONCE,
    LOST,
    INTERRUPTED
  }

  @ParameterizedTest
  @EnumSource
  void showsABackupOnlyWithItsDataWhereTheLastAnswerIsLost(LastAnswer fault) throws Exception {
    try (var postgres = ThrowawayPostgres.start()) {
      var last = new LastPut(store, fault);
      if (fault == LastAnswer.LOST_ONCE) {
        assertThat(backUp(postgres, last).isDone()).isTrue();
      } else {
        assertThatThrownBy(() -> backUp(postgres, last)).isInstanceOf(IOException.class);
        assertThat(Thread.interrupted()).isEqualTo(fault == LastAnswer.INTERRUPTED);
      }

      assertThat(last.seen).isTrue();
      var entries = new BackupCatalog(store, "pg").list().entries();
      assertThat(entries).hasSize(fault == LastAnswer.LOST_ONCE ? 1 : 0);
      for (var entry : entries) {
        new BaseRestore(store, "pg").verify(entry.info(), _ -> {});
      }
    }
  }

  /// Brings the fault to the write of `backup.info` alone.
  private final class LastPut extends ForwardingStore {
    private final LastAnswer fault;
    private boolean seen;

    LastPut(ObjectStore to, LastAnswer fault) {
      super(to);
      this.fault = fault;
    }

    @Override
    public boolean put(String key, Body body, PutOptions options) {
      if (!key.endsWith("/backup.info")) {
        return super.put(key, body, options);
      }
      seen = true;
      switch (fault) {
        case LOST_ONCE -> proxy.next(1, new FaultyProxy.Fault.CutAnswer(0));
        case LOST -> proxy.next(1000, new FaultyProxy.Fault.CutAnswer(0));
        case INTERRUPTED -> {
          super.put(key, body, options);
          Thread.currentThread().interrupt();
          throw new StoreException(Kind.UNAVAILABLE, "interrupted");
        }
      }
      try {
        return super.put(key, body, options);
      } finally {
        proxy.heal();
      }
    }
  }

  /// What is on its way when a backup is cancelled would take minutes at this bandwidth.
  @Test
  void aCancelledBackupEndsAtOnceAndLeavesNothingHoweverNarrowTheLine() throws Exception {
    var rest = server.url().substring("s3://".length()).split("/", 2);
    var settings =
        S3Settings.of(proxy.endpoint(), "us-east-1", rest[0], rest[1])
            .withBandwidth(new Bandwidth(300_000));
    try (var postgres = ThrowawayPostgres.start();
        var narrow = new S3Store(settings, server.keys()::itself)) {
      var outcome = new CompletableFuture<Boolean>();
      var taker =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  backUp(postgres, narrow);
                  outcome.complete(false);
                } catch (IOException e) {
                  outcome.complete(Thread.currentThread().isInterrupted());
                } catch (Exception e) {
                  outcome.completeExceptionally(e);
                }
              });
      Awaitility.await().atMost(Duration.ofMinutes(3)).until(() -> proxy.sent() > 200_000);

      taker.interrupt();
      long before = proxy.sent();
      assertThat(outcome.get()).isTrue();

      assertThat(proxy.sent() - before).isLessThan(5 << 20); // a part; several were on their way
      var left = new ArrayList<String>();
      store.list("pg/", info -> left.add(info.key()));
      assertThat(left).isEmpty();
      assertThat(store.abandonUploads("pg/", Instant.now().plusSeconds(3600))).isZero();
    }
  }

  @Test
  void noticesWhatChangedInTheStore() throws Exception {
    try (var postgres = ThrowawayPostgres.start()) {
      var info = backUp(postgres);
      var tar = folder.resolve("buckets/bucket/some/path/pg/base/" + info.id() + "/data.tar");
      if (!Files.exists(tar)) {
        return; // a server whose files we can't reach
      }
      try (var channel =
          java.nio.channels.FileChannel.open(tar, java.nio.file.StandardOpenOption.WRITE)) {
        channel.write(java.nio.ByteBuffer.wrap(new byte[] {1, 2, 3}), 5_000_000);
      }

      assertThatThrownBy(() -> new BaseRestore(store, "pg").verify(info, _ -> {}))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CORRUPT))
          .hasMessageContaining("restore from another backup");
    }
  }

  /// Needs root, to mount a small file system.
  @Test
  void saysThatTheVolumeIsFullAndBlamesNotTheBackup() throws Exception {
    var small = Files.createDirectory(folder.resolve("small"));
    assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", small.toString()) == 0);
    try (var postgres = ThrowawayPostgres.start()) {
      var info = backUp(postgres);

      assertThatThrownBy(() ->
              new BaseRestore(store, "pg")
                  .restore(info, new BaseRestore.Target(small.resolve("pg"), Map.of()), _ -> {}))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("No space left");

      archive().put(SEGMENT, segment);
      var rest = new byte[(int) Files.getFileStore(small).getUsableSpace()];
      Files.write(small.resolve("rest"), rest);
      assertThatThrownBy(() -> archive().fetch(SEGMENT, small.resolve("fetched")))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("the WAL volume is full");
      assertThat(small.resolve("fetched")).doesNotExist();
    } finally {
      run("umount", "-l", small.toString());
    }
  }

  private static int run(String... command) throws Exception {
    return new ProcessBuilder(command).inheritIO().start().waitFor();
  }
}
