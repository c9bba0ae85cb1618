// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Cel;
import dev.howdah.api.schema.Field;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimSpec;
import org.jspecify.annotations.Nullable;

/// A volume of an instance.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@Cel(
    value =
        "!(has(self.size) && self.size != '') || "
            + "self.size.matches('^[+]?([0-9]+([.][0-9]*)?|[.][0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$')",
    message =
        "size: not a quantity; write it as 10Gi or 500Mi (Gb and MB are no units "
            + "of Kubernetes)")
@Cel(
    value = "!(has(self.size) && self.size != '') || " + "self.size.matches('^[+]?[0.]*[1-9]')",
    message = "size: must be more than nothing")
@Cel(
    value =
        "(has(self.size) && self.size != '') || (has(self.pvcTemplate) && "
            + "has(self.pvcTemplate.resources) && "
            + "has(self.pvcTemplate.resources.requests) && 'storage' in "
            + "self.pvcTemplate.resources.requests)",
    message =
        "size: missing; write it here as 10Gi, or as resources.requests.storage of "
            + "pvcTemplate")
public record StorageConfiguration(
    @Field(value = "Size of the volume; it can grow, not shrink", maxLength = 64)
        @Nullable String size,
    @Field("StorageClass of the volume") @Nullable String storageClass,
    @Field(value = "Grow volumes that exist when the size grows", defaultsTo = "true")
        Boolean resizeInUseVolumes,
    @Field("Claim to begin with") @Nullable PersistentVolumeClaimSpec pvcTemplate) {
  public StorageConfiguration {
    resizeInUseVolumes = Absent.or(resizeInUseVolumes, true);
  }
}
