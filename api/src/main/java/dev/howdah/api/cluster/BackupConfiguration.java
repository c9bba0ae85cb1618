// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.objectstore.BarmanObjectStore;
import dev.howdah.api.schema.Cel;
import dev.howdah.api.schema.Field;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How backups are taken.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record BackupConfiguration(
    @Field(
            value = "Instance that backups are taken from",
            defaultsTo = "prefer-standby",
            oneOf = {"primary", "prefer-standby"})
        String target,
    @Field(
            value = "How long base backups and the WAL they need are kept, such as 30d",
            pattern = "^[1-9][0-9]*[dwm]$")
        @Nullable String retentionPolicy,
    @Field("Object store for base backups and WAL")
        @Cel(
            value =
                "[has(self.s3Credentials), has(self.azureCredentials), "
                    + "has(self.googleCredentials)].filter(x, x).size() == 1",
            message = "exactly one of s3Credentials, azureCredentials and googleCredentials")
        @Cel(
            value =
                "!has(self.s3Credentials) || (has(self.s3Credentials.inheritFromIAMRole) "
                    + "&& self.s3Credentials.inheritFromIAMRole) != "
                    + "(has(self.s3Credentials.accessKeyId) || "
                    + "has(self.s3Credentials.secretAccessKey))",
            message =
                "s3Credentials: either accessKeyId and secretAccessKey, or "
                    + "inheritFromIAMRole: true")
        @Cel(
            value =
                "!has(self.s3Credentials) || has(self.s3Credentials.accessKeyId) == "
                    + "has(self.s3Credentials.secretAccessKey)",
            message = "s3Credentials: accessKeyId and secretAccessKey belong together")
        @Cel(
            value =
                "!has(self.azureCredentials) || "
                    + "has(self.azureCredentials.connectionString) || "
                    + "[has(self.azureCredentials.storageKey), "
                    + "has(self.azureCredentials.storageSasToken), "
                    + "has(self.azureCredentials.inheritFromAzureAD) && "
                    + "self.azureCredentials.inheritFromAzureAD, "
                    + "has(self.azureCredentials.useDefaultAzureCredentials) && "
                    + "self.azureCredentials.useDefaultAzureCredentials].filter(x, x).size() == 1",
            message =
                "azureCredentials: connectionString, or exactly one of storageKey, "
                    + "storageSasToken, inheritFromAzureAD and useDefaultAzureCredentials")
        @Cel(
            value =
                "!has(self.azureCredentials) || "
                    + "!has(self.azureCredentials.connectionString) || "
                    + "([has(self.azureCredentials.storageKey), "
                    + "has(self.azureCredentials.storageSasToken), "
                    + "has(self.azureCredentials.inheritFromAzureAD) && "
                    + "self.azureCredentials.inheritFromAzureAD, "
                    + "has(self.azureCredentials.useDefaultAzureCredentials) && "
                    + "self.azureCredentials.useDefaultAzureCredentials].filter(x, x).size() == "
                    + "0 && !has(self.azureCredentials.storageAccount))",
            message =
                "azureCredentials: connectionString says everything; remove the other " + "fields")
        @Cel(
            value =
                "!has(self.azureCredentials) || !(has(self.azureCredentials.storageKey) || "
                    + "has(self.azureCredentials.storageSasToken)) || "
                    + "has(self.azureCredentials.storageAccount)",
            message = "azureCredentials: storageKey and storageSasToken need storageAccount")
        @Cel(
            value =
                "!has(self.googleCredentials) || "
                    + "(has(self.googleCredentials.gkeEnvironment) && "
                    + "self.googleCredentials.gkeEnvironment) != "
                    + "has(self.googleCredentials.applicationCredentials)",
            message = "googleCredentials: either applicationCredentials or gkeEnvironment: true")
        @Nullable BarmanObjectStore barmanObjectStore,
    @Field("How snapshots of volumes are taken")
        @Nullable VolumeSnapshotConfiguration volumeSnapshot) {
  public BackupConfiguration {
    target = Absent.or(target, "prefer-standby");
  }

  /// How snapshots of volumes are taken.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record VolumeSnapshotConfiguration(
      @Field("VolumeSnapshotClass of the data") @Nullable String className,
      @Field("VolumeSnapshotClass of the WAL; by default the data's") @Nullable String walClassName,
      @Field(value = "VolumeSnapshotClass of each tablespace", maxItems = 100)
          Map<String, String> tablespaceClassName,
      @Field("Labels of the snapshots") Map<String, String> labels,
      @Field("Annotations of the snapshots") Map<String, String> annotations,
      @Field(
              value = "With whose deletion snapshots go",
              defaultsTo = "none",
              oneOf = {"none", "cluster", "backup"})
          String snapshotOwnerReference,
      @Field(value = "Take them while the server runs", defaultsTo = "true") Boolean online,
      @Field(
              value = "Details of online snapshots",
              defaultsTo = "{\"waitForArchive\":true,\"immediateCheckpoint\":false}")
          @Nullable OnlineConfiguration onlineConfiguration) {
    public VolumeSnapshotConfiguration {
      tablespaceClassName = Absent.map(tablespaceClassName);
      labels = Absent.map(labels);
      annotations = Absent.map(annotations);
      snapshotOwnerReference = Absent.or(snapshotOwnerReference, "none");
      online = Absent.or(online, true);
    }
  }
}
