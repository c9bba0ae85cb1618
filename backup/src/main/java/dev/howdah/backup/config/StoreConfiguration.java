// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.config;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.backup.archive.WalArchive;
import dev.howdah.backup.codec.Compression;
import dev.howdah.objectstore.crypt.ClientKeys;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Where a server's backups and WAL are and how they are written: what
/// `spec.backup.barmanObjectStore`, `externalClusters[].barmanObjectStore` and an ObjectStore's
/// `configuration` say.
///
/// @param endpoint absent: the provider's own
/// @param caPem certificate authorities of the endpoint; absent: the runtime's
/// @param serverName the folder below the destination
/// @param keys with which objects are encrypted before they are sent
/// @param bytesPerSecond how much may go to the store and come from it; 0 for no limit
public record StoreConfiguration(
    String destinationPath,
    @Nullable URI endpoint,
    @Nullable String caPem,
    StoreAccess access,
    String serverName,
    Wal wal,
    Data data,
    Map<String, String> tags,
    Map<String, String> historyTags,
    ClientKeys keys,
    long bytesPerSecond) {
  private static final ClientKeys NO_KEYS =
      ClientKeys.none(
          "name the Secret that holds its key in the Cluster's annotation howdah.dev/backup-encryption");

  public StoreConfiguration {
    tags = Map.copyOf(tags);
    historyTags = Map.copyOf(historyTags);
  }

  /// @param maxParallel how many files are sent or fetched at once
  public record Wal(Compression compression, String encryption, int maxParallel) {}

  /// @param jobs how many parts are written at once
  public record Data(
      Compression compression, String encryption, int jobs, boolean immediateCheckpoint) {}

  /// Reads the block of a manifest and the Secrets that it names.
  ///
  /// @param clusterName the folder where the block has no `serverName`
  /// @throws IllegalArgumentException with the field and what to write instead
  public static StoreConfiguration of(JsonNode block, String clusterName, Secrets secrets) {
    var destination = block.path("destinationPath").asText("");
    if (destination.isEmpty()) {
      throw new IllegalArgumentException(
          "destinationPath is empty; write it as s3://bucket/path, gs://bucket/path or https://account.blob.core.windows.net/container/path");
    }
    var wal = block.path("wal");
    var data = block.path("data");
    return new StoreConfiguration(
        destination,
        uri(block.path("endpointURL").asText("")),
        optional(block, "endpointCA", secrets),
        access(block, destination, secrets),
        block.path("serverName").asText("").isEmpty()
            ? clusterName
            : block.path("serverName").asText(),
        new Wal(
            Compression.named(wal.path("compression").asText("")),
            wal.path("encryption").asText(""),
            Math.max(1, wal.path("maxParallel").asInt(1))),
        new Data(
            Compression.named(data.path("compression").asText("")),
            data.path("encryption").asText(""),
            Math.max(1, data.path("jobs").asInt(2)),
            data.path("immediateCheckpoint").asBoolean(false)),
        strings(block.path("tags")),
        strings(block.path("historyTags")),
        NO_KEYS,
        0);
  }

  /// The same with what the block doesn't say: encryption before sending, and a limit to what goes
  /// over the network.
  ///
  /// @param given null for none
  public StoreConfiguration with(@Nullable ClientKeys given, long bytes) {
    return new StoreConfiguration(
        destinationPath,
        endpoint,
        caPem,
        access,
        serverName,
        wal,
        data,
        tags,
        historyTags,
        given == null ? NO_KEYS : given,
        bytes);
  }

  private static @Nullable URI uri(String text) {
    if (text.isEmpty()) {
      return null;
    }
    try {
      var uri = URI.create(text);
      if (uri.getHost() == null || !List.of("http", "https").contains(uri.getScheme())) {
        throw new IllegalArgumentException("no host");
      }
      return uri;
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "endpointURL \"" + text + "\" is no address; write it as https://host[:port]", e);
    }
  }

  private static StoreAccess access(JsonNode block, String destination, Secrets secrets) {
    var s3 = block.path("s3Credentials");
    if (s3.isObject()) {
      var region = optional(s3, "region", secrets);
      if (s3.path("inheritFromIAMRole").asBoolean(false)) {
        return new StoreAccess.S3Role(region == null ? "" : region);
      }
      return new StoreAccess.S3Keys(
          required(s3, "s3Credentials", "accessKeyId", secrets),
          required(s3, "s3Credentials", "secretAccessKey", secrets),
          optional(s3, "sessionToken", secrets),
          region == null ? "" : region);
    }
    var azure = block.path("azureCredentials");
    if (azure.isObject()) {
      return azure(azure, secrets);
    }
    var google = block.path("googleCredentials");
    if (google.isObject() || destination.startsWith("gs://")) {
      var key = optional(google, "applicationCredentials", secrets);
      return key == null ? new StoreAccess.GoogleIdentity() : new StoreAccess.GoogleKey(key);
    }
    return new StoreAccess.Environment("");
  }

  private static StoreAccess azure(JsonNode azure, Secrets secrets) {
    var connection = optional(azure, "connectionString", secrets);
    if (connection != null) {
      var parts = new TreeMap<String, String>();
      for (var part : connection.split(";")) {
        int equals = part.indexOf('=');
        if (equals > 0) {
          parts.put(part.substring(0, equals).strip(), part.substring(equals + 1).strip());
        }
      }
      var account = parts.get("AccountName");
      if (account == null) {
        throw new IllegalArgumentException(
            "azureCredentials.connectionString holds no AccountName; copy it whole from the storage account's access keys");
      }
      return new StoreAccess.AzureAccount(
          account,
          parts.get("AccountKey"),
          parts.get("SharedAccessSignature"),
          parts.get("BlobEndpoint"));
    }
    var account = optional(azure, "storageAccount", secrets);
    var key = optional(azure, "storageKey", secrets);
    var sas = optional(azure, "storageSasToken", secrets);
    if (key == null && sas == null) {
      return new StoreAccess.AzureIdentity(account);
    }
    if (account == null) {
      throw new IllegalArgumentException(
          "azureCredentials has a key or a SAS token but no storageAccount; name the Secret's key that holds the account's name");
    }
    return new StoreAccess.AzureAccount(account, key, sas, null);
  }

  private static @Nullable String optional(JsonNode node, String field, Secrets secrets) {
    var reference = node.path(field);
    return reference.path("name").asText("").isEmpty()
        ? null
        : secrets.value(reference.path("name").asText(), reference.path("key").asText()).strip();
  }

  private static String required(JsonNode node, String where, String field, Secrets secrets) {
    var value = optional(node, field, secrets);
    if (value == null) {
      throw new IllegalArgumentException(
          where + "." + field + " is missing; give the name and key of a Secret");
    }
    return value;
  }

  private static Map<String, String> strings(JsonNode node) {
    var map = new TreeMap<String, String>();
    node.properties().forEach(p -> map.put(p.getKey(), p.getValue().asText()));
    return map;
  }

  /// How the WAL archive of this configuration is written.
  public WalArchive.Settings walSettings(long segmentBytes) {
    return new WalArchive.Settings(
        wal.compression(), -1, segmentBytes, wal.encryption(), tags, historyTags);
  }
}
