// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What the configuration of a Cluster's servers depends on, read from the Cluster resource.
///
/// Reading is lenient: an absent or ill-typed field counts as absent, since admission has judged
/// the resource before and a server must not stop because of a field that does not concern it.
///
/// @param electionLabels labels in which a synchronous standby must differ from the primary
///   (`minSyncReplicas` API)
/// @param walArchiving false when the annotation `cnpg.io/skipWalArchiving` says `enabled`
public record ClusterSettings(
    String namespace,
    String name,
    int instances,
    PostgresSettings postgres,
    @Nullable SynchronousSettings synchronous,
    int minSyncReplicas,
    int maxSyncReplicas,
    List<String> electionLabels,
    SlotSettings slots,
    ReplicaSettings replica,
    List<TablespaceSettings> tablespaces,
    boolean walArchiving,
    int walSegmentMegabytes,
    StatusFacts status) {

  /// `spec.postgresql`, without what concerns synchronous replication.
  public record PostgresSettings(
      SortedMap<String, String> parameters,
      List<String> hba,
      List<String> ident,
      List<String> sharedPreloadLibraries,
      boolean alterSystem,
      @Nullable LdapSettings ldap,
      List<ExtensionSettings> extensions) {
    public PostgresSettings {
      parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
      hba = List.copyOf(hba);
      ident = List.copyOf(ident);
      sharedPreloadLibraries = List.copyOf(sharedPreloadLibraries);
      extensions = List.copyOf(extensions);
    }

    /// Whether some parameter belongs to this extension, which makes it one that Howdah manages.
    public boolean uses(String extension) {
      String prefix = extension + ".";
      return parameters.keySet().stream()
          .anyMatch(key -> ParameterTable.key(key).startsWith(prefix));
    }
  }

  /// `spec.postgresql.synchronous`.
  ///
  /// @param maxFromCluster how many names of the Cluster's own instances are listed at most;
  ///   negative if unlimited
  /// @param required whether commits wait rather than go on without a synchronous standby
  /// @param domainKeys labels that make up a failure domain
  public record SynchronousSettings(
      boolean first,
      int number,
      int maxFromCluster,
      List<String> before,
      List<String> after,
      boolean required,
      List<String> domainKeys) {
    public SynchronousSettings {
      before = List.copyOf(before);
      after = List.copyOf(after);
      domainKeys = List.copyOf(domainKeys);
    }
  }

  /// `spec.replicationSlots`.
  public record SlotSettings(
      boolean highAvailability,
      String prefix,
      boolean logicalDecoding,
      Duration updateInterval,
      boolean synchronizeUserSlots,
      List<String> excludePatterns) {
    public SlotSettings {
      excludePatterns = List.copyOf(excludePatterns);
    }

    /// The name of an instance's physical slot.
    public String slotOf(String instance) {
      return prefix + instance.toLowerCase(java.util.Locale.ROOT).replaceAll("[^a-z0-9_]+", "_");
    }
  }

  /// `spec.replica`: whether this Cluster follows another one, and how late.
  public record ReplicaSettings(boolean enabled, String source, @Nullable Duration minApplyDelay) {}

  /// An entry of `spec.tablespaces`.
  public record TablespaceSettings(String name, String owner, boolean temporary) {}

  /// An entry of `spec.postgresql.extensions`: folders of its image, below `/extensions/<name>`.
  public record ExtensionSettings(String name, List<String> controlPath, List<String> libraryPath) {
    public ExtensionSettings {
      controlPath = List.copyOf(controlPath);
      libraryPath = List.copyOf(libraryPath);
    }
  }

  /// What the status says that configuration depends on.
  ///
  /// @param podSelectorIps addresses behind each of `spec.podSelectorRefs`
  /// @param topology the labels of each instance's failure domain; empty if they could not be read
  public record StatusFacts(
      List<String> instanceNames,
      List<String> healthyInstances,
      String currentPrimary,
      String targetPrimary,
      Map<String, List<String>> podSelectorIps,
      Map<String, Map<String, String>> topology) {
    public StatusFacts {
      instanceNames = List.copyOf(instanceNames);
      healthyInstances = List.copyOf(healthyInstances);
      podSelectorIps = Map.copyOf(podSelectorIps);
      topology = Map.copyOf(topology);
    }
  }

  public ClusterSettings {
    electionLabels = List.copyOf(electionLabels);
    tablespaces = List.copyOf(tablespaces);
  }

  /// Reads a Cluster resource.
  public static ClusterSettings fromJson(JsonNode cluster) {
    return new ClusterReader(cluster).read();
  }

  /// The Cluster's application owner does not matter here; the names of tablespaces for temporary
  /// files do.
  List<String> temporaryTablespaces() {
    var names = new ArrayList<String>();
    for (TablespaceSettings tablespace : tablespaces) {
      if (tablespace.temporary()) {
        names.add(tablespace.name());
      }
    }
    Collections.sort(names);
    return names;
  }
}
