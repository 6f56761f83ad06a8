import type { ClassFacts, FileFacts } from '../facts.ts';

/** Bases whose classes a framework finds by where they lie, without anybody naming them. */
const basesFound: Readonly<Record<string, RegExp>> = {
  ruby: /^(API|Base|Application(Controller|Job|Mailer|Cable)|Channel|Connection)$/,
  csharp:
    /^(Controller|ControllerBase|PageModel|Hub|BackgroundService|ViewComponent|IHostedService|AbstractValidator|IRequestHandler|INotificationHandler|IPipelineBehavior|IEntityTypeConfiguration|Profile|IConsumer)$/,
  python:
    /^(BaseCommand|AppConfig|AbstractBaseUser|AbstractUser|ModelAdmin|TabularInline|StackedInline)$/,
};

/** What Unity and Godot find in a scene, where names and buttons are wired up outside of the code. */
const inScenes =
  /^((Mono|Network|StateMachine)Behaviour|ScriptableObject|EditorWindow|(Mono|ScriptableObject)Installer|Node([23]D)?|Control|(Area|(Character|Rigid|Static|Kinematic)Body)[23]D)$/;
const scenes = /^(UnityEngine|UnityEditor|Mirror|Zenject|Godot)(\.|$)/;

/** Frameworks of PHP that call what is made from their types wherever it lies. */
const phpFrameworks =
  /^\\?(Symfony|Illuminate|Laravel|Doctrine|ApiPlatform|Twig|Laminas|Slim|yii|Cake|CodeIgniter|CloudCreativity|LaravelJsonApi|Livewire|Filament|Maatwebsite)\\/;

/** Where Laravel looks for what answers to a request, an event or a question. */
const laravelFolders =
  /(^|\/)(app|src)\/(.+\/)?(Policies|Observers|Listeners|Middleware|Rules|Casts|Jobs|Mail|Notifications|Requests|Resources)\/[^/]+\.php$/;

/** The classes of a file that its framework finds by itself: controllers, commands, jobs, listeners. */
export function foundByFramework({ path, classes, imports, language }: FileFacts): ClassFacts[] {
  const found = basesFound[language];
  const drawn = language === 'csharp' && imports.some(({ module }) => scenes.test(module));
  const lent = new Set(
    language === 'php'
      ? imports.filter(({ module }) => phpFrameworks.test(module)).flatMap(({ names }) => names)
      : [],
  );
  return classes.filter(
    ({ registered, bases, mixins = [] }) =>
      registered === true ||
      (language === 'php' && laravelFolders.test(path)) ||
      // `RegistersUsers` of Laravel calls what its class says of new users.
      [...bases, ...mixins].some(
        (base) => lent.has(base) || found?.test(base) === true || (drawn && inScenes.test(base)),
      ),
  );
}
