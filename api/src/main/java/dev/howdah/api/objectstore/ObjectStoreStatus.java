// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.objectstore;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import java.util.Map;

/// What is known about an ObjectStore.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ObjectStoreStatus(
    @Field("What each server can be recovered to")
        Map<String, RecoveryWindow> serverRecoveryWindow) {
  public ObjectStoreStatus {
    serverRecoveryWindow = Absent.map(serverRecoveryWindow);
  }
}
