// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.backup;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.cluster.OnlineConfiguration;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.meta.LocalReference;
import dev.howdah.api.schema.Cel;
import dev.howdah.api.schema.Field;
import org.jspecify.annotations.Nullable;

/// What to back up, and how; can't change.
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
@Cel(value = "self == oldSelf", message = "a Backup can't change; make a new one")
public record BackupSpec(
    @Field(value = "Cluster to back up", required = true)
        @Cel(value = "size(self.name) > 0", message = "name: write the name of the Cluster")
        LocalReference cluster,
    @Field(
            value = "How to back up",
            defaultsTo = "barmanObjectStore",
            oneOf = {"barmanObjectStore", "volumeSnapshot", "plugin"})
        String method,
    @Field(
            value = "Instance to take the backup from; by default as the cluster says",
            oneOf = {"primary", "prefer-standby"})
        @Nullable String target,
    @Field("Plugin to back up with") @Nullable BackupPluginConfiguration pluginConfiguration,
    @Field("Take a snapshot while the server runs; by default as the cluster says")
        @Nullable Boolean online,
    @Field("Details of online snapshots") @Nullable OnlineConfiguration onlineConfiguration) {
  public BackupSpec {
    method = Absent.or(method, "barmanObjectStore");
  }
}
