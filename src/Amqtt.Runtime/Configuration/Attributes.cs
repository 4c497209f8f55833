namespace Amqtt.Runtime.Configuration;

/// <summary>
/// The bound can be switched off: <c>unlimited</c>, and 0 unless <see cref="Zero"/> says otherwise, bind to <see cref="int.MaxValue"/>, <see cref="long.MaxValue"/>,
/// or <see cref="Timeout.InfiniteTimeSpan"/>, so that code on the hot path compares and never asks whether there is a bound.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class UnlimitedAttribute : Attribute
{
    /// <summary>0 means unlimited. Default true.</summary>
    public bool Zero { get; init; } = true;

    /// <summary>A negative number means unlimited. Default false.</summary>
    public bool Negative { get; init; }

    /// <summary>An empty value (<c>null</c>) means unlimited. Default false.</summary>
    public bool Null { get; init; }
}

/// <summary>A number of bytes: messages ask for <c>64KiB</c>, and the effective configuration is shown that way.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SizeAttribute : Attribute
{
    /// <summary>Also accepts a percentage of the memory that the machine or the container offers.</summary>
    public bool PercentOfMemory { get; init; }
}

/// <summary>An empty value (<c>null</c>) leaves the default in place instead of being an error.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NullIsDefaultAttribute : Attribute;

/// <summary>A path, relative to the configuration file. Bound as a full path.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ConfigPathAttribute : Attribute
{
    /// <summary>What must exist there when the configuration is read. Default: nothing.</summary>
    public PathKind MustExist { get; init; }
}

/// <summary>What must exist at a configured path.</summary>
public enum PathKind
{
    /// <summary>Nothing is checked.</summary>
    Any,

    /// <summary>A readable file.</summary>
    File,

    /// <summary>A folder.</summary>
    Folder,
}

/// <summary>The property's section is read by other code than the binder, and described by it, too. The name is known all the same.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class BoundSeparatelyAttribute : Attribute;

/// <summary>Of these options only what somebody set belongs into a description: the rest is inherited from elsewhere.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OnlyWhatIsSetAttribute : Attribute;

/// <summary>Options that know which of their values somebody set.</summary>
internal interface IKnowsWhatIsSet
{
    /// <summary>True if the property was set.</summary>
    bool IsSet(string property);
}
