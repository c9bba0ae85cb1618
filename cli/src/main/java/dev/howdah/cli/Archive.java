// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.backup.codec.Compression;
import dev.howdah.backup.config.StoreAccess;
import dev.howdah.backup.config.StoreConfiguration;
import dev.howdah.core.problem.Problem;
import dev.howdah.core.problem.ProblemException;
import dev.howdah.core.retention.Retention;
import dev.howdah.instance.archive.Catalogue;
import dev.howdah.instance.archive.Retained;
import dev.howdah.instance.archive.StoreSpec;
import dev.howdah.instance.archive.Stores;
import dev.howdah.kube.ClusterStatus;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.crypt.ClientKeys;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Which archive a command looks at: that of a Cluster, as its manifest and Secrets say, or a place
/// given by its URL, with credentials from the environment.
final class Archive {
  @Mixin private Connection connection;

  @Parameters(
      index = "0",
      paramLabel = "CLUSTER|URL",
      description =
          "A Cluster, whose store is read with its Secrets; or s3://bucket/path/server, with"
              + " credentials from the environment or ~/.aws/credentials; or"
              + " file:///folder/server.")
  private String place;

  @Option(
      names = "--endpoint-url",
      paramLabel = "URL",
      description = "Where a URL's S3 server is, if not AWS ($AWS_ENDPOINT_URL).")
  private @Nullable String endpoint;

  @Option(
      names = "--endpoint-ca",
      paramLabel = "FILE",
      description = "PEM certificates to trust for it ($AWS_CA_BUNDLE).")
  private @Nullable Path ca;

  @Option(
      names = "--key-folder",
      paramLabel = "FOLDER",
      description =
          "Keys of encrypted backups for a URL: a file for each, named like the key of the Secret.")
  private @Nullable Path keyFolder;

  /// An opened archive; closing it closes what it was opened with.
  ///
  /// @param deleted is told the ids of backups that were deleted, for the objects that are about
  ///   them
  /// @param snapshots of the Cluster's volumes, which need WAL too
  record Opened(
      ObjectStore store,
      String serverName,
      String retention,
      Supplier<List<Retention.Snapshot>> snapshots,
      Consumer<List<String>> deleted,
      Runnable end)
      implements AutoCloseable {
    @Override
    public void close() {
      end.run();
    }
  }

  /// Runs with the archive; failures of the store become problems in words.
  int with(Work work) throws IOException {
    try (var opened = open()) {
      return work.on(opened);
    } catch (StoreException e) {
      throw new ProblemException(
          new Problem("OBJECT_STORE", String.valueOf(e.getMessage()), remedy(e)), e);
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw new ProblemException(
          new Problem("ARCHIVE", String.valueOf(e.getMessage()), "Correct it and try again."), e);
    }
  }

  private static String remedy(StoreException e) {
    return switch (e.kind()) {
      case DENIED -> "Check the keys, their rights on the bucket, and this machine's clock.";
      case NO_BUCKET -> "Check destinationPath, or create the bucket.";
      case UNREACHABLE -> "Check the endpoint and the network.";
      case UNTRUSTED -> "Give the authority that signed the endpoint's certificate.";
      case FULL -> "Give the object store more room, or keep backups for a shorter time.";
      case UNAVAILABLE -> "Try again later; if it stays so, ask who runs the object store.";
      case CORRUPT -> "Restore from another backup, and take a new one.";
      case NO_KEY -> "Give the key that it was encrypted with.";
      case NOT_FOUND, REFUSED -> "Check the destination and the options.";
    };
  }

  /// The backups of a Cluster that lie in snapshots of its volumes; a URL has none.
  List<SnapshotBackup> snapshots() {
    if (place.contains("://")) {
      return List.of();
    }
    try (var client = connection.open()) {
      var cluster = Clusters.named(client, connection.namespace(), place);
      return SnapshotBackup.of(client, Json.namespace(cluster), Json.name(cluster));
    } catch (KubeException e) {
      throw e.code() == 0 ? Connection.unreachable(connection.file(), e) : e;
    }
  }

  /// Whether there is an object store to look at, beside snapshots.
  boolean hasStore() {
    if (place.contains("://")) {
      return true;
    }
    try (var client = connection.open()) {
      var cluster = Clusters.named(client, connection.namespace(), place);
      try (var stores = new Stores(client, Json.namespace(cluster))) {
        return StoreSpec.own(cluster, stores).isPresent();
      }
    }
  }

  @FunctionalInterface
  interface Work {
    int on(Opened archive) throws IOException;
  }

  private Opened open() throws IOException {
    return place.contains("://") ? ofUrl() : ofCluster();
  }

  private Opened ofUrl() throws IOException {
    var whole = place.replaceAll("/+$", "");
    int slash = whole.lastIndexOf('/');
    if (slash < whole.indexOf("://") + 3) {
      throw new IllegalArgumentException(
          "\"" + place + "\" names no server; write it as s3://bucket/path/server");
    }
    var environment = System.getenv();
    var url = endpoint != null ? endpoint : environment.get("AWS_ENDPOINT_URL");
    var caFile = ca != null ? ca.toString() : environment.get("AWS_CA_BUNDLE");
    var configuration =
        new StoreConfiguration(
            whole.substring(0, slash),
            url == null ? null : URI.create(url),
            caFile == null ? null : Files.readString(Path.of(caFile)),
            new StoreAccess.Environment(""),
            whole.substring(slash + 1),
            new StoreConfiguration.Wal(Compression.NONE, "", 1),
            new StoreConfiguration.Data(Compression.NONE, "", 2, false),
            Map.of(),
            Map.of(),
            keys(),
            0);
    var store = dev.howdah.backup.config.Stores.open(configuration);
    return new Opened(store, configuration.serverName(), "", List::of, _ -> {}, store::close);
  }

  private ClientKeys keys() throws IOException {
    if (keyFolder == null) {
      return ClientKeys.none("give the folder with its key as --key-folder");
    }
    var texts = new TreeMap<String, String>();
    try (var files = Files.list(keyFolder)) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        texts.put(file.getFileName().toString(), Files.readString(file));
      }
    }
    return ClientKeys.of(texts, "", "the folder " + keyFolder);
  }

  /// The status would say so by itself, within half an hour.
  private static void tell(
      KubeClient client, ObjectNode cluster, Catalogue catalogue, List<String> ids) {
    var status =
        new ClusterStatus(
            client, Json.namespace(cluster), Json.name(cluster), InstantSource.system());
    catalogue.tell(status, Retained.method(cluster), true);
    catalogue.forget(client, Json.namespace(cluster), Json.name(cluster), ids);
  }

  private Opened ofCluster() {
    KubeClient client = connection.open();
    try {
      var cluster = Clusters.named(client, connection.namespace(), place);
      var stores = new Stores(client, Json.namespace(cluster));
      var spec =
          StoreSpec.own(cluster, stores)
              .orElseThrow(() ->
                  new IllegalArgumentException(
                      "Cluster %s has no backup: add spec.backup.barmanObjectStore, or a plugin with isWALArchiver"
                          .formatted(place)));
      var opened = stores.open(spec);
      return new Opened(
          opened.store(),
          spec.serverName(),
          cluster.at("/spec/backup/retentionPolicy").asText(""),
          () ->
              Catalogue.snapshots(
                  client, Json.namespace(cluster), Json.name(cluster), Instant.now()),
          ids -> tell(client, cluster, new Catalogue(opened), ids),
          () -> {
            stores.close();
            client.close();
          });
    } catch (KubeException e) {
      client.close();
      if (e.code() == 0) {
        throw Connection.unreachable(connection.file(), e);
      }
      throw e;
    } catch (RuntimeException e) {
      client.close();
      throw e;
    }
  }
}
