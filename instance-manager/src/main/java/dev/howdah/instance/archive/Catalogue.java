// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.backup.archive.WalFile;
import dev.howdah.backup.catalog.BackupCatalog;
import dev.howdah.backup.catalog.BackupInfo;
import dev.howdah.core.retention.Retention;
import dev.howdah.core.retention.RetentionPolicy;
import dev.howdah.core.wal.WalSegment;
import dev.howdah.kube.DeleteOptions;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import dev.howdah.objectstore.ObjectStore;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The base backups of a Cluster in its store: what they make recoverable, and which of them go.
public final class Catalogue {
  private static final Logger LOG = LoggerFactory.getLogger(Catalogue.class);

  private final Stores.Opened opened;
  private final ObjectStore store;
  private final StoreSpec spec;

  public Catalogue(Stores.Opened opened) {
    this.opened = opened;
    this.store = opened.store();
    this.spec = opened.spec();
  }

  /// Deletes what the policy no longer needs: backups, then the WAL that no backup left needs.
  ///
  /// @param policy as in `retentionPolicy`; empty keeps everything
  /// @return the ids of the backups that were deleted
  public List<String> enforce(String policy, Instant now) {
    if (policy.isEmpty()) {
      return List.of();
    }
    var catalog = new BackupCatalog(store, spec.serverName());
    BackupCatalog.Listing listing = catalog.list();
    if (!listing.unreadable().isEmpty()) {
      LOG.atWarn()
          .addKeyValue("unreadable", listing.unreadable())
          .log("retention waits: the catalogue has entries that can't be read");
      return List.of();
    }
    List<WalFile> wal = opened.archive(WalSegment.DEFAULT_BYTES).list();
    Retention.Plan plan =
        Retention.decide(
            RetentionPolicy.parse(policy),
            now,
            listing.done().stream().map(Catalogue::known).toList(),
            wal.stream().map(WalFile::name).toList());
    for (String id : plan.backups()) {
      LOG.atInfo().addKeyValue("backup", id).addKeyValue("policy", policy).log("backup deleted");
      catalog.delete(id);
    }
    deleteWal(plan.wal());
    return plan.backups();
  }

  private void deleteWal(List<String> names) {
    if (names.isEmpty()) {
      return;
    }
    Set<String> useless = new HashSet<>(names);
    var keys = new ArrayList<String>();
    store.list(
        spec.serverName() + "/wals/",
        object ->
            WalFile.ofKey(object.key())
                .filter(file -> useless.contains(file.name()))
                .ifPresent(_ -> keys.add(object.key())));
    store.delete(keys);
    LOG.atInfo().addKeyValue("files", keys.size()).log("WAL deleted that no backup needs");
  }

  private static Retention.Backup known(BackupCatalog.Entry entry) {
    BackupInfo info = entry.info();
    return new Retention.Backup(
        info.id(),
        Objects.requireNonNull(info.endTime()),
        info.beginWal(),
        info.endWal(),
        entry.keep() == BackupCatalog.Keep.FULL,
        entry.keep() == BackupCatalog.Keep.STANDALONE,
        info.parent());
  }

  /// The fields of the Cluster's status that follow from the catalogue.
  ///
  /// @param method under which they are listed
  public ObjectNode status(String method) {
    List<BackupCatalog.Entry> done = new BackupCatalog(store, spec.serverName()).list().done();
    ObjectNode fields = Json.object();
    if (!done.isEmpty()) {
      String first = time(Objects.requireNonNull(done.getFirst().info().endTime()));
      String last = time(Objects.requireNonNull(done.getLast().info().endTime()));
      fields.put("firstRecoverabilityPoint", first);
      fields.withObject("/firstRecoverabilityPointByMethod").put(method, first);
      fields.put("lastSuccessfulBackup", last);
      fields.withObject("/lastSuccessfulBackupByMethod").put(method, last);
    } else {
      fields.putNull("firstRecoverabilityPoint");
      fields.putNull("lastSuccessfulBackup");
      fields.withObject("/firstRecoverabilityPointByMethod").putNull(method);
      fields.withObject("/lastSuccessfulBackupByMethod").putNull(method);
    }
    return fields;
  }

  static String time(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /// Deletes the Backup objects whose backup is no longer in the store.
  ///
  /// @param ids of the backups that were deleted
  public void forget(KubeClient kube, String namespace, String cluster, List<String> ids) {
    if (ids.isEmpty()) {
      return;
    }
    for (ObjectNode backup : kube.list(Resource.BACKUPS, namespace, Selection.ALL).items()) {
      JsonNode status = backup.path("status");
      boolean ours =
          backup.path("spec").path("cluster").path("name").asText("").equals(cluster)
              && status.path("destinationPath").asText("").equals(spec.destinationPath())
              && status.path("endpointURL").asText("").equals(spec.endpoint())
              && status.path("serverName").asText(cluster).equals(spec.serverName());
      if (ours && ids.contains(status.path("backupId").asText(""))) {
        try {
          kube.delete(
              Resource.BACKUPS,
              namespace,
              Json.name(backup),
              DeleteOptions.ofUid(Json.uid(backup)));
        } catch (KubeException e) {
          LOG.atInfo().addKeyValue("error", e.getMessage()).log("Backup object not deleted");
        }
      }
    }
  }
}
