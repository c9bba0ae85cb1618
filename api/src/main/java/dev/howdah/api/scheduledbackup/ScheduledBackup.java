// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.scheduledbackup;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/// Backups of a cluster at certain times.
@Group("postgresql.cnpg.io")
@Version("v1")
@JsonIgnoreProperties(ignoreUnknown = true)
@SuppressWarnings("serial")
public class ScheduledBackup extends CustomResource<ScheduledBackupSpec, ScheduledBackupStatus>
    implements Namespaced {
  @Override
  protected @Nullable ScheduledBackupSpec initSpec() {
    return null;
  }

  @Override
  protected @Nullable ScheduledBackupStatus initStatus() {
    return null;
  }
}
