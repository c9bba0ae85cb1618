// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What `howdah up` says to what it can't do: each time what is wrong, and what to do.
class RefusalsIT {
  private static final String CLUSTER =
      """
      apiVersion: postgresql.cnpg.io/v1
      kind: Cluster
      metadata:
        name: one
      spec:
        instances: 1
        storage:
          size: 1Gi
      """;

  private static final Path LAUNCHER = Path.of("..").toAbsolutePath().normalize().resolve("howdah");
  private static EmbeddedHowdah howdah;
  private final List<Path> folders = new ArrayList<>();

  @BeforeAll
  static void up() throws IOException, InterruptedException {
    howdah = new EmbeddedHowdah(LAUNCHER, folder());
    var up = howdah.howdah("up", "--detach");
    assertThat(up.exit()).as(up.output()).isZero();
  }

  @AfterAll
  static void down() throws IOException, InterruptedException {
    howdah.close();
  }

  @AfterEach
  void clean() throws IOException {
    for (var folder : folders) {
      if (!Files.exists(folder)) {
        continue; // howdah down deletes its home
      }
      try (var files = Files.walk(folder)) {
        for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private static Path folder() throws IOException {
    var folder = Files.createTempDirectory(Path.of("/var/tmp"), "howdah-refusals");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    return folder;
  }

  private Path scratch() throws IOException {
    var folder = folder();
    folders.add(folder);
    return folder;
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  private static EmbeddedHowdah.Ran up(Path home, String... arguments)
      throws IOException, InterruptedException {
    return new EmbeddedHowdah(LAUNCHER, home)
        .howdah(Stream.concat(Stream.of("up"), Arrays.stream(arguments)).toArray(String[]::new));
  }

  @ParameterizedTest
  @CsvSource({
    "instances: 1, instanses: 3, .spec.instanses is no field of it (kubectl explain cluster.spec",
    "instances: 1, instances: many, spec.instances",
    "instances: 1, instances: 0, greater than or equal to 1",
    "size: 1Gi, size: 1Gx, write it as 10Gi or 500Mi",
    "kind: Cluster, kind: Klaster, Check the spelling of kind and apiVersion",
    "spec:, spec: [, Correct the file and run the command again",
  })
  void refusesAManifest(String right, String wrong, String says) throws Exception {
    var manifest =
        Files.writeString(scratch().resolve("wrong.yaml"), CLUSTER.replace(right, wrong));

    var up = howdah.howdah("up", manifest.toString(), "--detach");

    assertThat(up.exit()).as(up.output()).isEqualTo(1);
    assertThat(up.output()).contains(says);
  }

  @Test
  void leavesToKubectlWhatItHasApplied() throws Exception {
    var manifest = scratch().resolve("map.yaml");
    var map =
        """
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: kept
        data:
          a: "%s"
        """;
    Files.writeString(manifest, map.formatted("1") + "  b: \"2\"\n");
    assertThat(howdah.howdah("up", manifest.toString(), "--detach").exit()).isZero();

    var unchanged = howdah.kubectl("apply", "-f", manifest.toString());
    Files.writeString(manifest, map.formatted("1"));
    howdah.kubectl("apply", "-f", manifest.toString());
    Files.writeString(manifest, map.formatted("3"));
    var byServer = howdah.kubectl("apply", "--server-side", "-f", manifest.toString());

    assertThat(unchanged.output()).isEqualToIgnoringWhitespace("configmap/kept unchanged");
    assertThat(byServer.exit()).as(byServer.output()).isZero();
    assertThat(howdah.kubectl("get", "cm", "kept", "-o", "jsonpath={.data}").output())
        .isEqualToIgnoringWhitespace("{\"a\":\"3\"}");
  }

  @Test
  void refusesAPortInUse() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      var home = scratch().resolve("new");

      var up = up(home, "--detach", "--api-port", Integer.toString(taken.getLocalPort()));

      assertThat(up.exit()).isEqualTo(1);
      assertThat(up.output()).contains("in use", "--api-port");
      assertThat(home).doesNotExist();
    }
  }

  @Test
  void namesThePackageWhereThereIsNoPostgres() throws Exception {
    var home = scratch().resolve("new");

    var up = up(home, "--postgres", scratch().toString());

    assertThat(up.exit()).isEqualTo(1);
    assertThat(up.output())
        .contains("apt-get install postgresql", "--postgres")
        .doesNotContain("stopped");
    assertThat(home).doesNotExist();
  }

  @Test
  void refusesTheFolderOfAnotherUser() throws Exception {
    var home = isRoot() ? scratch() : Path.of("/usr");
    if (isRoot()) {
      var nobody =
          home.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody");
      Files.setOwner(home, nobody);
    }

    var up = up(home);

    assertThat(up.exit()).isEqualTo(1);
    assertThat(up.output()).contains("belongs to the user", "howdah up --home DIR");
  }

  @Test
  void refusesAFolderWithOtherThingsAndNeverDeletesOne() throws Exception {
    var home = scratch();
    var precious = Files.writeString(home.resolve("precious"), "");

    assertThat(up(home).output()).contains("holds other things", "howdah up --home DIR");
    var down = new EmbeddedHowdah(LAUNCHER, home).howdah("down", "--delete-data");

    assertThat(down.exit()).isEqualTo(1);
    assertThat(down.output()).contains("is no state folder of howdah up");
    assertThat(precious).exists();
  }

  @Test
  void asRootRefusesAFolderThatPostgresCannotReach() throws Exception {
    assumeTrue(isRoot(), "only root runs PostgreSQL as another user");
    var closed = scratch();
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));

    var up = up(closed.resolve("home"));

    assertThat(up.exit()).isEqualTo(1);
    assertThat(up.output()).contains("only its owner may enter", "chmod o+x");
  }

  @Test
  void runsAsAPlainUserToo() throws Exception {
    assumeTrue(isRoot(), "the other tests are run by a plain user already");
    var home = scratch();
    Files.setOwner(
        home, home.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));
    var manifest = Files.writeString(scratch().resolve("one.yaml"), CLUSTER);
    Files.setPosixFilePermissions(manifest, PosixFilePermissions.fromString("rw-r--r--"));
    assumeTrue(
        asNobody(home, "test", "-x", LAUNCHER.toString()).exit() == 0,
        "a plain user can't reach this checkout");

    var up = asNobody(home, LAUNCHER.toString(), "up", manifest.toString(), "--detach");
    try {
      assertThat(up.exit()).as(up.output()).isZero();
      var answer = asNobody(home, LAUNCHER.toString(), "psql", "one", "--", "-Atc", "SELECT 6 * 7");
      assertThat(answer.output().strip()).isEqualTo("42");
    } finally {
      var down = asNobody(home, LAUNCHER.toString(), "down", "--delete-data");
      assertThat(down.exit()).as(down.output()).isZero();
    }
  }

  private static EmbeddedHowdah.Ran asNobody(Path home, String... command)
      throws IOException, InterruptedException {
    var all =
        new ArrayList<>(
            List.of("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "env"));
    all.addAll(List.of("HOME=" + home, "USER=nobody"));
    all.addAll(List.of(command));
    return EmbeddedHowdah.run(all, Map.of());
  }
}
