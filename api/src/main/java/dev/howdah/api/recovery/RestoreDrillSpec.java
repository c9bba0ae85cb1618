// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.recovery;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.cluster.StorageConfiguration;
import dev.howdah.api.cluster.TablespaceConfiguration;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.meta.LocalReference;
import dev.howdah.api.objectstore.BarmanObjectStore;
import dev.howdah.api.schema.Cel;
import dev.howdah.api.schema.Field;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What to restore, when, and what must be true of it.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@Cel(
    value = "has(self.cluster) != has(self.archive)",
    message = "cluster: one of this namespace; archive: that of one elsewhere; give one of them")
@Cel(
    value = "!has(self.archive) || has(self.storage)",
    message = "storage: how large a volume the data of the archive needs; write it")
public record RestoreDrillSpec(
    @Field("Cluster whose newest backup and WAL are restored")
        @Cel(value = "size(self.name) > 0", message = "name: write the name of the Cluster")
        @Nullable LocalReference cluster,
    @Field("Archive of a cluster that isn't here, whose newest backup and WAL are restored")
        @Nullable Archive archive,
    @Field(
            "When: seconds, minutes, hours, day of month, month, day of week; absent: only when"
                + " asked for")
        @Nullable String schedule,
    @Field("Pause the schedule") @Nullable Boolean suspend,
    @Field(value = "How long a drill may take, in seconds", defaultsTo = "3600")
        Integer timeoutSeconds,
    @Field("Volume of the throw-away instance; by default as the Cluster's")
        @Nullable StorageConfiguration storage,
    @Field("What is checked of the restored data; recovery itself always is")
        @Nullable Checks checks,
    @Field(value = "How many results are kept", defaultsTo = "10") Integer historyLimit) {
  public static final int TIMEOUT = 3600;
  public static final int HISTORY = 10;

  public RestoreDrillSpec {
    timeoutSeconds = Absent.or(timeoutSeconds, TIMEOUT);
    historyLimit = Absent.or(historyLimit, HISTORY);
  }

  /// The archive of a cluster that isn't here, of whatever operator.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  @Cel(
      value = "has(self.barmanObjectStore) != has(self.objectStore)",
      message = "barmanObjectStore: written here; objectStore: the name of one; give one of them")
  public record Archive(
      @Field(value = "Name of the cluster's folder in the store", required = true, minLength = 1)
          String serverName,
      @Field("The object store, and how to get in") @Nullable BarmanObjectStore barmanObjectStore,
      @Field("ObjectStore of this namespace that describes it")
          @Nullable LocalReference objectStore,
      @Field("Image of PostgreSQL of the archive's version; by default the operator's")
          @Nullable String imageName,
      @Field(
              value = "Volumes of the tablespaces that the cluster has",
              maxItems = 100,
              mapKeys = {"name"})
          List<TablespaceConfiguration> tablespaces) {
    public Archive {
      serverName = Absent.or(serverName, "");
      tablespaces = Absent.list(tablespaces);
    }
  }

  /// What is checked of the restored data.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Checks(
      @Field(
              value =
                  "Check all tables and B-tree indexes with amcheck, where the extension is"
                      + " available",
              defaultsTo = "true")
          Boolean amcheck,
      @Field("Queries and what they must answer") List<Query> queries) {
    public Checks {
      amcheck = Absent.or(amcheck, true);
      queries = Absent.list(queries);
    }
  }

  /// A query and what it must answer.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Query(
      @Field(value = "For the result", required = true) String name,
      @Field(value = "Database to ask", defaultsTo = "app") String database,
      @Field(value = "SQL; the first column of the first row counts", required = true) String query,
      @Field(value = "What it must be", defaultsTo = "t") String expect) {
    public Query {
      name = Absent.or(name, "");
      database = Absent.or(database, "app");
      query = Absent.or(query, "");
      expect = Absent.or(expect, "t");
    }
  }
}
