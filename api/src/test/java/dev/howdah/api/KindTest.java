// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.api.backup.Backup;
import dev.howdah.api.catalog.ClusterImageCatalog;
import dev.howdah.api.catalog.ImageCatalog;
import dev.howdah.api.cluster.Cluster;
import dev.howdah.api.database.Database;
import dev.howdah.api.databaserole.DatabaseRole;
import dev.howdah.api.failoverquorum.FailoverQuorum;
import dev.howdah.api.objectstore.ObjectStore;
import dev.howdah.api.pooler.Pooler;
import dev.howdah.api.publication.Publication;
import dev.howdah.api.recovery.DatabaseRestore;
import dev.howdah.api.recovery.Restore;
import dev.howdah.api.recovery.RestoreDrill;
import dev.howdah.api.scheduledbackup.ScheduledBackup;
import dev.howdah.api.subscription.Subscription;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import java.util.List;
import org.junit.jupiter.api.Test;

class KindTest {
  private static final List<Class<? extends CustomResource<?, ?>>> CLASSES =
      List.of(
          Cluster.class,
          Backup.class,
          ScheduledBackup.class,
          Pooler.class,
          Database.class,
          DatabaseRole.class,
          Publication.class,
          Subscription.class,
          ImageCatalog.class,
          ClusterImageCatalog.class,
          FailoverQuorum.class,
          ObjectStore.class,
          Restore.class,
          DatabaseRestore.class,
          RestoreDrill.class);

  @Test
  void agreesWithTheAnnotationsOfTheResourceClasses() {
    for (int i = 0; i < CLASSES.size(); i++) {
      var type = CLASSES.get(i);
      var kind = Kind.values()[i];

      assertThat(HasMetadata.getPlural(type)).isEqualTo(kind.plural());
      assertThat(HasMetadata.getSingular(type)).isEqualTo(kind.singular());
      assertThat(HasMetadata.getGroup(type)).isEqualTo(kind.group());
      assertThat(type.getSimpleName()).isEqualTo(kind.kind());
      assertThat(Namespaced.class.isAssignableFrom(type)).isEqualTo(kind.namespaced());
      assertThat(Kind.of(kind.apiVersion(), kind.kind())).contains(kind);
    }
  }

  @Test
  void passesForeignKindsOver() {
    assertThat(Kind.of("cluster.x-k8s.io/v1beta1", "Cluster")).isEmpty();
    assertThat(Kind.of("postgresql.cnpg.io/v2", "Cluster")).isEmpty();
  }
}
