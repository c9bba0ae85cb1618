// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.howdah.postgres.command.ConfigurationTrial;
import dev.howdah.postgres.command.Installation;
import dev.howdah.postgres.command.Installations;
import dev.howdah.postgres.command.Launch;
import dev.howdah.postgres.command.PostgresPrograms;
import dev.howdah.postgres.command.Postmaster;
import dev.howdah.postgres.config.ClusterSettings;
import dev.howdah.postgres.config.ConfigurationFiles;
import dev.howdah.postgres.config.ServerConfiguration;
import dev.howdah.postgres.config.ServerFacts;
import dev.howdah.postgres.config.ServerPaths;
import dev.howdah.postgres.config.ServerRole;
import dev.howdah.service.pki.CertificateAuthority;
import dev.howdah.service.pki.LeafRequest;
import dev.howdah.testing.Loopback;
import dev.howdah.testing.PostgresBinaries;
import dev.howdah.testing.ServerUser;
import dev.howdah.testing.ThrowawayPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/// An instance as the instance manager runs it: the paths of a container below a folder,
/// certificates, a loopback address, and the configuration that a Cluster asks for.
public final class TestInstance implements AutoCloseable {
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
  private static final Duration YEAR = Duration.ofDays(365);
  private static final CertificateAuthority CA =
      CertificateAuthority.create("shop", "database", YEAR, InstantSource.system());

  public final String name;
  public final String address = Loopback.freeAddress(5432);
  public final ServerPaths paths;
  public final PostgresPrograms programs;
  public final List<String> output = new CopyOnWriteArrayList<>();

  private final Path root;
  private Postmaster postmaster;

  private TestInstance(String name, PostgresBinaries binaries) throws Exception {
    this.name = name;
    this.root = ServerUser.temporaryDirectory("inst");
    this.paths = new ServerPaths(root.toString());
    Installation installation = Installations.find(binaries.folder(), "").of(binaries.major());
    this.programs =
        new PostgresPrograms(installation, new Launch(ServerUser.prefix(), Map.of()), output::add);
    for (Path folder :
        List.of(
            paths.pgData().getParent(),
            paths.socketDirectory(),
            paths.logDirectory(),
            paths.certificates())) {
      Files.createDirectories(folder);
    }
    writeCertificates();
    Files.writeString(
        paths.manager(), "#!/bin/sh\n[ \"$1\" = wal-archive ] # nothing can be restored\n");
    Files.setPosixFilePermissions(
        paths.manager(), java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
    ServerUser.own(root);
  }

  /// An instance with an empty database cluster.
  public static TestInstance create(String name, PostgresBinaries binaries) throws Exception {
    var instance = new TestInstance(name, binaries);
    ThrowawayPostgres.newDataDirectory(binaries, instance.paths.pgData());
    return instance;
  }

  /// An instance without a data directory.
  public static TestInstance empty(String name) throws Exception {
    return new TestInstance(name, PostgresBinaries.newest());
  }

  public static TestInstance create(String name) throws Exception {
    return create(name, PostgresBinaries.newest());
  }

  public static ClusterSettings cluster(String yaml) throws IOException {
    return ClusterSettings.fromJson(YAML.readTree(yaml));
  }

  private void writeCertificates() throws IOException {
    var server = CA.issue(LeafRequest.server("shop-rw", List.of("shop-rw"), YEAR));
    var client = CA.issue(LeafRequest.client("streaming_replica", YEAR));
    write("server.crt", server.certificatePem());
    write("server.key", server.keyPem());
    write("client-ca.crt", CA.certificatePem());
    write("server-ca.crt", CA.certificatePem());
    write("streaming_replica.crt", client.certificatePem());
    write("streaming_replica.key", client.keyPem());
  }

  private void write(String file, String content) throws IOException {
    Path path = paths.certificates().resolve(file);
    Files.writeString(path, content);
    Files.setPosixFilePermissions(
        path, java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
  }

  public Path pgData() {
    return paths.pgData();
  }

  /// The user whom peer authentication sees is the one who runs the tests.
  public ServerFacts facts(ServerRole role) {
    return ServerFacts.of(name, role, paths, address, System.getProperty("user.name"))
        .withLibraries(programs.installation().libraries());
  }

  /// With what this PostgreSQL takes of the parameters, as the instance manager does it.
  public ServerConfiguration configure(ClusterSettings cluster, ServerFacts facts)
      throws IOException, InterruptedException {
    Path scratch = ServerUser.temporaryDirectory("trial");
    Path main = pgData().resolve("postgresql.conf");
    var refused =
        new ConfigurationTrial(programs, scratch)
            .refused(cluster, facts, Files.exists(main) ? Files.readString(main) : "", pgData());
    ServerUser.delete(scratch);
    var configuration =
        ServerConfiguration.of(
            cluster, programs.installation().major(), facts.withRefused(refused));
    new ConfigurationFiles(pgData()).write(configuration);
    own();
    return configuration;
  }

  /// Whether this PostgreSQL was built with LDAP, PAM and GSSAPI, as distributions do.
  public boolean isFullBuild() {
    return Files.isExecutable(programs.installation().programs().resolve("psql"));
  }

  /// What tests wrote as root becomes the server's.
  public void own() {
    ServerUser.own(root);
  }

  public Postmaster.Phase start() throws InterruptedException {
    return start(List.of());
  }

  public Postmaster.Phase start(List<String> options) throws InterruptedException {
    var fast = new java.util.ArrayList<>(List.of("-c", "fsync=off"));
    fast.addAll(options);
    postmaster = Postmaster.start(programs, pgData(), fast, output::add);
    return postmaster.awaitReady(Duration.ofMinutes(3));
  }

  public Postmaster postmaster() {
    return postmaster;
  }

  public String log() throws IOException {
    var text = new StringBuilder(String.join("\n", output));
    try (var files = Files.list(paths.logDirectory())) {
      for (Path file : (Iterable<Path>) files::iterator) {
        text.append("\n== ").append(file.getFileName()).append('\n').append(Files.readString(file));
      }
    }
    return text.toString();
  }

  /// Runs SQL with `psql` over the socket, as a person in the pod would.
  public String query(String sql) {
    return query("postgres", sql);
  }

  public String query(String database, String sql) {
    Path errors = root.resolve("psql.err");
    String psql = PostgresBinaries.newest().program("psql").toString();
    var command =
        List.of(
            psql,
            "-XqAtv",
            "ON_ERROR_STOP=1",
            "-h",
            paths.socketDirectory().toString(),
            "-U",
            "postgres",
            "-d",
            database,
            "-c",
            sql);
    try {
      var process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
      process.getOutputStream().close();
      String text = new String(process.getInputStream().readAllBytes());
      if (process.waitFor() != 0) {
        throw new IllegalStateException(sql + ": " + text + Files.readString(errors));
      }
      return text.strip();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try {
      if (postmaster != null && postmaster.isAlive()) {
        postmaster.stop(Postmaster.StopMode.IMMEDIATE, Duration.ofMinutes(1));
        if (postmaster.isAlive()) {
          postmaster.kill(Duration.ofMinutes(1));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    ServerUser.delete(root);
  }
}
