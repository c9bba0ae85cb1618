// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.scheduledbackup;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.backup.BackupPluginConfiguration;
import dev.howdah.api.cluster.OnlineConfiguration;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.meta.LocalReference;
import dev.howdah.api.schema.Cel;
import dev.howdah.api.schema.Field;
import org.jspecify.annotations.Nullable;

/// When to back up, and how.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@Cel(
    value =
        "self.method != 'barmanObjectStore' || (!has(self.online) && "
            + "!has(self.onlineConfiguration))",
    message = "online and onlineConfiguration are for method volumeSnapshot; remove them")
@Cel(
    value =
        "self.method != 'plugin' || (has(self.pluginConfiguration) && "
            + "self.pluginConfiguration.name != '')",
    message = "pluginConfiguration: say which plugin takes the backup")
public record ScheduledBackupSpec(
    @Field(value = "Cluster to back up", required = true)
        @Cel(value = "size(self.name) > 0", message = "name: write the name of the Cluster")
        @Cel(
            value = "self == oldSelf",
            message = "can't change; make a new object for the other cluster")
        LocalReference cluster,
    @Field(
            value = "When: seconds, minutes, hours, day of month, month, day of week",
            required = true)
        @Cel(value = "self != ''", message = "empty; write it as '0 0 3 * * *' for three at night")
        String schedule,
    @Field("Pause") @Nullable Boolean suspend,
    @Field("Take one backup at once as well") @Nullable Boolean immediate,
    @Field(
            value = "With whose deletion the backups go",
            defaultsTo = "none",
            oneOf = {"none", "self", "cluster"})
        String backupOwnerReference,
    @Field(
            value = "Instance to take backups from; by default as the cluster says",
            oneOf = {"primary", "prefer-standby"})
        @Nullable String target,
    @Field(
            value = "How to back up",
            defaultsTo = "barmanObjectStore",
            oneOf = {"barmanObjectStore", "volumeSnapshot", "plugin"})
        String method,
    @Field("Plugin to back up with") @Nullable BackupPluginConfiguration pluginConfiguration,
    @Field("Take snapshots while the server runs; by default as the cluster says")
        @Nullable Boolean online,
    @Field("Details of online snapshots") @Nullable OnlineConfiguration onlineConfiguration) {
  public ScheduledBackupSpec {
    schedule = Absent.or(schedule, "");
    backupOwnerReference = Absent.or(backupOwnerReference, "none");
    method = Absent.or(method, "barmanObjectStore");
  }
}
