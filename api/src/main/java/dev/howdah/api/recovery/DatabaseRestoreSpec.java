// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.recovery;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.cluster.Bootstrap.RecoveryTarget;
import dev.howdah.api.cluster.StorageConfiguration;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.meta.LocalReference;
import dev.howdah.api.schema.Cel;
import dev.howdah.api.schema.Field;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What comes back, from when, and where to; can't change.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@Cel(value = "self == oldSelf", message = "a DatabaseRestore can't change; make a new one")
@Cel(
    value = "!has(self.into) || self.into == '' || !has(self.replace) || !self.replace",
    message = "into: a database beside the original; replace: over it; remove one of them")
@Cel(
    value =
        "(has(self.into) && self.into != '' && self.into != self.database) || (has(self.replace) &&"
            + " self.replace)",
    message = "say where to: into, another database's name, or replace: true for over the original")
@Cel(
    value = "!has(self.tables) || size(self.tables) == 0 || !has(self.replace) || !self.replace",
    message = "tables come into another database; give its name with into")
public record DatabaseRestoreSpec(
    @Field(value = "Cluster whose backup it comes from, and where it goes to", required = true)
        @Cel(value = "size(self.name) > 0", message = "name: write the name of the Cluster")
        LocalReference cluster,
    @Field(value = "Database to bring back", required = true, minLength = 1, maxLength = 63)
        @Cel(
            value = "!(self in ['template0', 'template1', 'postgres'])",
            message = "belongs to PostgreSQL; choose a database of an application")
        String database,
    @Field("Only these tables, as schema.table; absent: all of the database") List<String> tables,
    @Field("Moment to bring it back from; absent: the end of the archive")
        @Nullable RecoveryTarget recoveryTarget,
    @Field(value = "New database to put it into", maxLength = 63) @Nullable String into,
    @Field(
            value =
                "Put it in the original's place; the original is kept under another name, and its"
                    + " sessions end",
            defaultsTo = "false")
        Boolean replace,
    @Field("Volume of the temporary instance; by default as the Cluster's")
        @Nullable StorageConfiguration storage,
    @Field(value = "How long it may take, in seconds", defaultsTo = "86400")
        Integer timeoutSeconds) {
  public static final int TIMEOUT = 86_400;

  public DatabaseRestoreSpec {
    database = Absent.or(database, "");
    tables = Absent.list(tables);
    replace = Absent.or(replace, false);
    timeoutSeconds = Absent.or(timeoutSeconds, TIMEOUT);
  }
}
