// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimSpec;
import org.jspecify.annotations.Nullable;

/// A volume of an instance.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record StorageConfiguration(
    @Field("Size of the volume; it can grow, not shrink") @Nullable String size,
    @Field("StorageClass of the volume") @Nullable String storageClass,
    @Field(value = "Grow volumes that exist when the size grows", defaultsTo = "true")
        Boolean resizeInUseVolumes,
    @Field("Claim to begin with") @Nullable PersistentVolumeClaimSpec pvcTemplate) {
  public StorageConfiguration {
    resizeInUseVolumes = Absent.or(resizeInUseVolumes, true);
  }
}
