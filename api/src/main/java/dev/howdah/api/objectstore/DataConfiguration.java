// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.objectstore;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How base backups are written and restored.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record DataConfiguration(
    @Field(
            value = "Compression of base backups; none by default",
            oneOf = {"bzip2", "gzip", "lz4", "snappy"})
        @Nullable String compression,
    @Field(
            value = "Encryption that the store applies; the bucket's own by default",
            oneOf = {"AES256", "aws:kms"})
        @Nullable String encryption,
    @Field(value = "How many parts are uploaded at the same time", effective = "2", min = 1)
        @Nullable Integer jobs,
    @Field("Begin with a fast checkpoint instead of a spread one")
        @Nullable Boolean immediateCheckpoint,
    @Field("Further arguments for taking a backup") List<String> additionalCommandArgs,
    @Field("Further arguments for restoring one") List<String> restoreAdditionalCommandArgs) {
  public DataConfiguration {
    additionalCommandArgs = Absent.list(additionalCommandArgs);
    restoreAdditionalCommandArgs = Absent.list(restoreAdditionalCommandArgs);
  }
}
