namespace Acme;

public record Word(string Text);

public static class Library
{
    public static string Text => "library one";
}
