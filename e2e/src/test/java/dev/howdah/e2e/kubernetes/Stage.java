// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// One cluster on a scene, and the client that writes to it while the steps of a test go on. After
/// a failed step what was there is kept, and the steps after it are left out.
final class Stage implements BeforeEachCallback, AfterTestExecutionCallback, AfterAllCallback {
  static final String IMAGE =
      System.getProperty("howdah.e2e.postgres", "ghcr.io/cloudnative-pg/postgresql:15");
  static final Duration LONG = Duration.ofSeconds(300);
  private static final Path SUMMARY = Path.of("target", "e2e", "summary.txt");

  private final Scene scene;
  private final Database database;
  private RowWriter writer;
  private long from;

  Stage(String name) {
    this(name, "db");
  }

  Stage(String name, String cluster) {
    try {
      scene = Scene.open(name);
      database = new Database(scene, cluster);
    } catch (Exception e) {
      throw new IllegalStateException("no scene", e);
    }
  }

  Scene scene() {
    return scene;
  }

  Database database() {
    return database;
  }

  RowWriter writer() {
    return writer;
  }

  /// A Cluster in which every acknowledged row is on two instances.
  static String manifest(int instances) {
    return """
    apiVersion: postgresql.cnpg.io/v1
    kind: Cluster
    metadata: {name: db}
    spec:
      instances: %d
      imageName: %s
      storage: {size: 1Gi}
      postgresql:
        synchronous: {method: any, number: 1}
        parameters: {max_connections: "60", shared_buffers: 64MB}
      resources: {requests: {cpu: 50m, memory: 256Mi}}
    """
        .formatted(instances, IMAGE);
  }

  /// Leaves a step to the second group, which takes longer than the default suite has.
  static void secondGroup() {
    Assumptions.assumeTrue(
        Boolean.getBoolean("howdah.e2e.slow"), "of the second group: e2e/run --slow");
  }

  /// Makes the cluster and waits until it is healthy; tells how long that took.
  void build(int instances) throws Exception {
    Instant begin = Instant.now();
    scene.apply(manifest(instances));
    database.awaitHealthy(instances, LONG);
    say("apply to %d healthy instances: %.1f s".formatted(instances, since(begin)));
  }

  /// Starts the client on a node, or anywhere.
  void write(String node) throws Exception {
    writer = RowWriter.start(database, IMAGE, node);
  }

  /// Forgets the gaps until now.
  void begin() throws Exception {
    from = Programs.ask("the last row", LONG, writer::last);
  }

  /// Checks that the client goes on, that no acknowledged row is missing and that there is one
  /// primary; tells the longest gap since [#begin].
  void check(String what) throws Exception {
    writer.awaitProgress(LONG);
    // one that can't be asked at this moment doesn't count: with one primary there may be none
    var writable = new ArrayList<String>();
    Programs.await("a writable instance", LONG, () -> writable.addAll(database.writable()));
    assertThat(writable).as("writable instances").hasSize(1);
    assertThat(Programs.ask("the rows", LONG, writer::lost))
        .as("acknowledged rows that are missing")
        .isEqualTo(Set.of());
    var seen = Programs.ask("what the client saw", LONG, () -> writer.seen(from));
    say(
        "%s: longest gap between acknowledged rows %.1f s, none of %d lost"
            .formatted(what, seen.longestGap().toMillis() / 1000.0, seen.acknowledged().size()));
  }

  static double since(Instant begin) {
    return Duration.between(begin, Instant.now()).toMillis() / 1000.0;
  }

  static void say(String line) throws IOException {
    System.out.println("e2e: " + line);
    Files.createDirectories(SUMMARY.getParent());
    Files.writeString(SUMMARY, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    Assumptions.assumeFalse(scene.failed(), "a step before failed");
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    var failure = context.getExecutionException();
    if (failure.isPresent() && !(failure.get() instanceof org.opentest4j.TestAbortedException)) {
      scene.keep(context.getRequiredTestMethod().getName());
    }
  }

  @Override
  public void afterAll(ExtensionContext context) throws Exception {
    scene.close();
    Faults.recycle();
  }
}
