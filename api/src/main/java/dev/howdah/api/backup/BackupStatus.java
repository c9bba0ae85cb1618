// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.backup;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.meta.KeyReference;
import dev.howdah.api.objectstore.AzureCredentials;
import dev.howdah.api.objectstore.GoogleCredentials;
import dev.howdah.api.objectstore.S3Credentials;
import dev.howdah.api.schema.Field;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How a backup went.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record BackupStatus(
    @Field("What is going on") @Nullable String phase,
    @Field("What went wrong") @Nullable String error,
    @Field("How it was taken") @Nullable String method,
    @Field("Whether the server ran meanwhile") @Nullable Boolean online,
    @Field("Id in the object store") @Nullable String backupId,
    @Field("Name in the object store") @Nullable String backupName,
    @Field(value = "When copying began", format = "date-time") @Nullable String startedAt,
    @Field(value = "When copying ended", format = "date-time") @Nullable String stoppedAt,
    @Field(value = "When work on the backup began", format = "date-time")
        @Nullable String reconciliationStartedAt,
    @Field(value = "When work on the backup ended", format = "date-time")
        @Nullable String reconciliationTerminatedAt,
    @Field("First WAL file it needs") @Nullable String beginWal,
    @Field("Last WAL file it needs") @Nullable String endWal,
    @JsonProperty("beginLSN") @Field("Position of the WAL where it begins")
        @Nullable String beginLsn,
    @JsonProperty("endLSN") @Field("Position of the WAL where it is consistent")
        @Nullable String endLsn,
    @Field("PostgreSQL major") @Nullable Integer majorVersion,
    @Field("Where it is stored") @Nullable String destinationPath,
    @JsonProperty("endpointURL") @Field("Address of the store") @Nullable String endpointUrl,
    @JsonProperty("endpointCA") @Field("Authorities that the store's certificate is checked with")
        @Nullable KeyReference endpointCa,
    @Field("Folder in the store") @Nullable String serverName,
    @Field("Encryption that the store applied") @Nullable String encryption,
    @Field("Where credentials for S3 are") @Nullable S3Credentials s3Credentials,
    @Field("Where credentials for Azure are") @Nullable AzureCredentials azureCredentials,
    @Field("Where credentials for Google are") @Nullable GoogleCredentials googleCredentials,
    @Field(value = "No longer used", deprecated = true) @Nullable String commandOutput,
    @Field("Output of what failed") @Nullable String commandError,
    @Field("Backup label of a snapshot, base64") @Nullable String backupLabelFile,
    @Field("Tablespace map of a snapshot, base64") @Nullable String tablespaceMapFile,
    @JsonProperty("instanceID") @Field("Instance that took it") @Nullable InstanceId instanceId,
    @Field("Snapshots it consists of") @Nullable SnapshotStatus snapshotBackupStatus,
    @Field("What the plugin noted") Map<String, String> pluginMetadata) {
  public BackupStatus {
    pluginMetadata = Absent.map(pluginMetadata);
  }

  /// The instance that took a backup.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record InstanceId(
      @Field("Its pod") @Nullable String podName,
      @JsonProperty("ContainerID") @Field("Its container") @Nullable String containerId,
      @JsonProperty("sessionID") @Field("Run of its instance manager")
          @Nullable String sessionId) {}

  /// The snapshots that a backup consists of.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record SnapshotStatus(@Field("Snapshots") List<Snapshot> elements) {
    public SnapshotStatus {
      elements = Absent.list(elements);
    }
  }

  /// A snapshot of one volume.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Snapshot(
      @Field(value = "Name of the VolumeSnapshot", required = true) String name,
      @Field(value = "What it holds: PG_DATA, PG_WAL or PG_TABLESPACE", required = true)
          String type,
      @Field("Tablespace it holds") @Nullable String tablespaceName) {
    public Snapshot {
      name = Absent.or(name, "");
      type = Absent.or(type, "");
    }
  }
}
